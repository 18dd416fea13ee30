"""How running cases go over to another version of their procedure: declared in a file, compiled for the router."""
