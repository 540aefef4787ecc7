"""Pure rules and records: nothing here touches the network, the disk, the clock or the environment."""
