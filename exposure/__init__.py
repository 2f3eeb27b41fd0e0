"""What a leak of personal data could cost, and what each insurance plan would pay."""
