"""Papers that people hand in, and letters that the platform issues."""

from django.db import models


class Attachment(models.Model):
    """A file that was handed in. Its bytes lie outside the web root under a random name; the digest is its identity."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="+")
    case = models.ForeignKey("workflow.Case", models.PROTECT, null=True, blank=True, related_name="attachments")
    kind = models.CharField("种类", max_length=30)
    filename = models.CharField("文件名", max_length=200)
    media_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("大小（字节）")
    digest = models.CharField("SM3", max_length=64)
    stored_as = models.CharField(max_length=80, unique=True)
    uploaded_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间")
    replaced_at = models.DateTimeField("替换时间", null=True, blank=True)

    class Meta:
        ordering = ["case", "kind", "uploaded_at"]


class Letter(models.Model):
    """A letter that was issued: numbered once, its data kept, rendered as PDF and as editable DOCX from the same data."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="+")
    case = models.ForeignKey("workflow.Case", models.PROTECT, null=True, blank=True, related_name="letters")
    kind = models.CharField("文种", max_length=30)
    number = models.CharField("文号", max_length=40)
    title = models.CharField("标题", max_length=120)
    issuer = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    addressee = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    copies_to = models.CharField("抄送", max_length=200, blank=True)
    data = models.JSONField("内容")
    issued_on = models.DateField("成文日期")
    issued_at = models.DateTimeField("签发时间")
    pdf_digest = models.CharField("PDF SM3", max_length=64, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "number"], name="letter_number_once")]
