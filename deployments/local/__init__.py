"""One Ray cluster on this machine for `make up`: start it, deploy to it, stop just it."""
