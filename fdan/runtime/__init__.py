"""How a stage runs: params, processes, whole outputs or none; nothing here decides what a stage writes."""
