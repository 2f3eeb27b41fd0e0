"""One reproducible run: client × assumptions × plans (検討)."""
