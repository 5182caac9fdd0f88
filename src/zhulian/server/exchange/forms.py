"""Forms of the exchange: files to hand in, a purpose, a reason."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from zhulian.core.kernel.errors import ZhulianError
from zhulian.intake import FORMAT_NAMES
from zhulian.server.exchange.formats import FORMAT_LABELS

SIZE_LIMIT: Final = 1 << 30
FILE_LIMIT: Final = 100


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each within the limit."""

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ARG002 - Django's signature
        given = [data] if isinstance(data, UploadedFile) else list(data or [])
        if not given:
            raise forms.ValidationError("请选择至少一个文件")
        if len(given) > FILE_LIMIT:
            raise forms.ValidationError(f"一次最多 {FILE_LIMIT} 个文件，请打包成 zip 或分几次上传")
        for one in given:
            _check_size(one)
        return given


def _check_size(file: UploadedFile[Any]) -> None:
    if (file.size or 0) > SIZE_LIMIT:
        error = ZhulianError("file.too_large", file=file.name, size=(file.size or 0) >> 20, limit=SIZE_LIMIT >> 20)
        raise forms.ValidationError(str(error))


class UploadForm(forms.Form):
    """Files of one delivery."""

    files = FilesField(  # type: ignore[assignment]  # the form's own `files` is its argument; fields are taken off the class
        label="文件",
        widget=FilesInput(attrs={"class": "ex-drop", "accept": ".csv,.txt,.json,.parquet,.xlsx,.xls,.zip"}),
        help_text="可以一次选几个，也可以把文件拖到框内。Excel（.xlsx、.xls）、CSV（UTF-8 或 GBK）、Parquet、JSON，或它们的 zip；每个不超过 1 GB。",
    )
    format = forms.ChoiceField(
        label="格式",
        required=False,
        choices=[("", "自动识别"), *((name, FORMAT_LABELS.get(name, name)) for name in FORMAT_NAMES)],
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="一般不用选；识别不对时再指明。",
    )
