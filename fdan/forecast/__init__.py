"""What a run will take, from a probe made on this machine now: hours, memory, disk, downloads."""
