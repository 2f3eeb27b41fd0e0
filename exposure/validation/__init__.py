"""The validation of the model: exact checks, printed examples, back-tests, calibration (検証)."""
