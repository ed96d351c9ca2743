"""What decides the last bits of every number: the pins of the libraries, the threads, the device, and the large products."""
