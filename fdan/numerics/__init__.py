"""What decides the last bits of every number: the pins, the threads, the device, the large products."""
