"""The version of Wanco, which stands in snapshots and in the headers of libraries too."""

VERSION = "0.1.0"
