"""What a policy says, and what it pays (保険プランと保険金)."""
