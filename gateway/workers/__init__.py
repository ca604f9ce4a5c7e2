"""Background work: the owner of SMPP links, the runner of due jobs, one handler for each topic."""
