"""OpenSRS on this machine: a server that behaves as its API guide says."""
