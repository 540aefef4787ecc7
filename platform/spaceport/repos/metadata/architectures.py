"""From the class that config.json names to the task and the class of transformers that loads it."""

from typing import Any

#: End of the class's name -> class of transformers that loads it, task. The longest end wins.
#: Source: transformers ``models/auto/modeling_auto.py`` and ``pipelines/__init__.py``.
_ENDINGS = {
    "ForCausalLM": ("AutoModelForCausalLM", "text-generation"),
    "LMHeadModel": ("AutoModelForCausalLM", "text-generation"),
    "ForMaskedLM": ("AutoModelForMaskedLM", "fill-mask"),
    "ForPreTraining": ("AutoModelForPreTraining", None),
    "ForSequenceClassification": ("AutoModelForSequenceClassification", "text-classification"),
    "ForTokenClassification": ("AutoModelForTokenClassification", "token-classification"),
    "ForQuestionAnswering": ("AutoModelForQuestionAnswering", "question-answering"),
    "ForMultipleChoice": ("AutoModelForMultipleChoice", "multiple-choice"),
    "ForConditionalGeneration": ("AutoModelForSeq2SeqLM", "text2text-generation"),
    "MTModel": ("AutoModelForSeq2SeqLM", "translation"),
    "ForSpeechSeq2Seq": ("AutoModelForSpeechSeq2Seq", "automatic-speech-recognition"),
    "ForCTC": ("AutoModelForCTC", "automatic-speech-recognition"),
    "ForAudioClassification": ("AutoModelForAudioClassification", "audio-classification"),
    "ForAudioFrameClassification": ("AutoModelForAudioFrameClassification", "voice-activity-detection"),
    "ForImageClassification": ("AutoModelForImageClassification", "image-classification"),
    "ForObjectDetection": ("AutoModelForObjectDetection", "object-detection"),
    "ForZeroShotObjectDetection": ("AutoModelForZeroShotObjectDetection", "zero-shot-object-detection"),
    "ForSemanticSegmentation": ("AutoModelForSemanticSegmentation", "image-segmentation"),
    "ForInstanceSegmentation": ("AutoModelForInstanceSegmentation", "image-segmentation"),
    "ForUniversalSegmentation": ("AutoModelForUniversalSegmentation", "image-segmentation"),
    "ForDepthEstimation": ("AutoModelForDepthEstimation", "depth-estimation"),
    "ForMaskGeneration": ("AutoModelForMaskGeneration", "mask-generation"),
    "ForVideoClassification": ("AutoModelForVideoClassification", "video-classification"),
    "ForDocumentQuestionAnswering": ("AutoModelForDocumentQuestionAnswering", "document-question-answering"),
    "ForTableQuestionAnswering": ("AutoModelForTableQuestionAnswering", "table-question-answering"),
    "ForVisualQuestionAnswering": ("AutoModelForVisualQuestionAnswering", "visual-question-answering"),
    "VisionEncoderDecoderModel": ("AutoModelForImageTextToText", "image-to-text"),
    "CLIPModel": ("AutoModelForZeroShotImageClassification", "zero-shot-image-classification"),
    "SiglipModel": ("AutoModelForZeroShotImageClassification", "zero-shot-image-classification"),
    "Model": ("AutoModel", "feature-extraction"),
}
#: ``ForConditionalGeneration`` says little: parts of ``model_type`` that say more.
_SPEECH = ("whisper", "speech")
_SEES = ("llava", "vl", "vision", "idefics", "pali", "mllama", "gemma3", "blip", "mistral3", "llama4", "glm4v", "aya_v")


def of_class(name: str, model_type: str) -> tuple[str | None, str | None]:
    """Class of transformers that loads it and task, each None where nothing is known."""
    if name.endswith("ForConditionalGeneration"):
        if any(part in model_type for part in _SPEECH):
            return _ENDINGS["ForSpeechSeq2Seq"]
        if any(part in model_type for part in _SEES):
            return "AutoModelForImageTextToText", "image-text-to-text"
    ending = max((end for end in _ENDINGS if name.endswith(end)), key=len, default=None)
    return _ENDINGS[ending] if ending else (None, None)


def first_architecture(config: dict[str, Any] | None) -> tuple[str, str]:
    """The class and the ``model_type`` that a config.json names, empty where it names none."""
    values = config or {}
    classes = values.get("architectures")
    first = classes[0] if isinstance(classes, list) and classes else ""
    return str(first or ""), str(values.get("model_type") or "")
