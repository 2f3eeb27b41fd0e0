"""Who the client is, and every number of the model with its unit, source and grade (入力)."""
