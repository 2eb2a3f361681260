# Where our own server is not yet as the RFCs ask.
name: Pli
lacks: UNICODE-CASEMAP  -- it folds case when it sorts, and does not take accents off (RFC 5051 §2)
