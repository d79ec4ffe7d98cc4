"""Receipts: what a client was given about a payment, inserted once and never changed (payments.md 2)."""

from django.db import models

from commerce.payments.models.payments import Payment


class PaymentReceipt(models.Model):
    """The PDF of one payment, as it was made when it was first asked for or mailed."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="receipt")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"receipt of {self.payment}"
