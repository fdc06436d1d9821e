module dockyard/tests/probe

go 1.21
