"""Simulate, count, measure: loss years, block by block, through every plan (模擬と集計)."""
