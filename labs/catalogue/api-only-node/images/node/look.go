package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Process is a process of the node.
type Process struct {
	PID     string   `json:"pid"`
	Command []string `json:"command"`
}

func processes() []Process {
	found := []Process{}
	places, _ := filepath.Glob("/proc/[0-9]*")
	for _, place := range places {
		line, err := os.ReadFile(filepath.Join(place, "cmdline"))
		if err == nil {
			found = append(found, Process{filepath.Base(place), strings.Split(strings.Trim(string(line), "\x00"), "\x00")})
		}
	}
	return found
}

// Entry is a file of the node.
type Entry struct {
	Path string `json:"path"`
	Mode string `json:"mode"`
	Size int64  `json:"size"`
}

// listing of all regular files that are not made up by the kernel.
func listing() []Entry {
	found := []Entry{}
	filepath.WalkDir("/", func(path string, entry fs.DirEntry, err error) error {
		if path == "/proc" || path == "/sys" || path == "/dev" {
			return filepath.SkipDir
		}
		if err != nil || !entry.Type().IsRegular() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			found = append(found, Entry{path, info.Mode().String(), info.Size()})
		}
		return nil
	})
	return found
}
