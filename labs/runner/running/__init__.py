"""What runs: images, machines, scripts on them, and clearing it all away.

- images: built from Dockerfiles, tagged with the hash of all that goes into them; archive: images in a file.
- needs: what a lab asks of the engine, tried before anything starts.
- compose: the machines of one attempt; actions: what can be done to a machine from outside.
- shell: a script on a machine, with a time limit; checker: a container made for one look.
- sweep: what belongs to nobody any more is removed, on every command.
- attempt: start, stop and reset, with nothing left behind whatever happens.
"""
