"""State modes: how the state of a function is held while its body is walked (`wanco.emit.state_mode`)."""
