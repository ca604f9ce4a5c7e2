"""The core: one data model, its use cases, HTTP and SMPP; it knows no dialect and no emulator."""
