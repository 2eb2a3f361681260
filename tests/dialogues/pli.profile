# Our own server does what the RFCs ask: nothing is lacking.
name: Pli
