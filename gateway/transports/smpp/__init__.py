"""SMPP 3.4 over gevent sockets: the codec, the worker's client link and the SMSC's server base.

Nothing here knows the database: owners hand in callbacks and decide what an answer means.
"""
