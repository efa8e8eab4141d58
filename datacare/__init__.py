"""Data care: a customer's own CRM compared with the register, as its processor (R044-R050)."""
