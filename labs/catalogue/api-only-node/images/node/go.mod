module noded

go 1.24
