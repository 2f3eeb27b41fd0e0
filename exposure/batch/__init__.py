"""A book of clients: reading the list, running it, remembering what is done, adding it up."""
