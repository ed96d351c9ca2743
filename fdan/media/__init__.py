"""Pixels and samples: frames and faces out of video, Mel images out of sound."""
