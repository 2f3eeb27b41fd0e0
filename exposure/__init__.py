"""What a leak of personal data could cost, and what each insurance plan would pay."""

__version__ = "0.1.0"
