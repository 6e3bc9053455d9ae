"""The subcommands of `adserver`, a file each."""
