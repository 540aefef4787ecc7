"""The tasks that models and datasets are for, as the Hub names them."""

#: Source: huggingface.js ``packages/tasks/src/pipelines.ts``; text2text-generation is from before 2025.
PIPELINE_TAGS = tuple(
    """
    text-classification token-classification table-question-answering question-answering zero-shot-classification
    translation summarization feature-extraction text-generation text2text-generation fill-mask sentence-similarity
    text-ranking text-to-speech text-to-audio automatic-speech-recognition audio-to-audio audio-classification
    audio-text-to-text voice-activity-detection depth-estimation image-classification object-detection
    image-segmentation text-to-image image-to-text image-to-image image-to-video unconditional-image-generation
    video-classification video-to-video reinforcement-learning robotics tabular-classification tabular-regression
    tabular-to-text table-to-text multiple-choice text-retrieval time-series-forecasting text-to-video
    image-text-to-text visual-question-answering document-question-answering visual-document-retrieval
    zero-shot-image-classification graph-ml mask-generation zero-shot-object-detection text-to-3d image-to-3d
    image-feature-extraction video-text-to-text keypoint-detection any-to-any image-text-to-image
    image-text-to-video other
    """.split()  # noqa: SIM905
)
#: Source: huggingface.js ``packages/tasks/src/model-libraries.ts``, those that files or tags give away.
LIBRARIES = frozenset(
    """
    adapter-transformers allennlp asteroid bertopic conv diffusers espnet fairseq fastai fasttext flair gguf keras
    keras-hub ml-agents mlx mlx-lm nemo onnx open_clip paddlenlp peft pyannote-audio sample-factory segmentation-models
    sentence-transformers setfit sklearn span-marker spacy speechbrain stable-baselines3 stanza tensorflowtts tf-keras
    timesfm timm transformers transformers.js ultralytics unity-sentis
    """.split()  # noqa: SIM905
)
SIZE_CATEGORIES = (
    *("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B"),
    *("10B<n<100B", "100B<n<1T", "n>1T"),
)


def size_category(rows: int) -> str:
    """Where a number of rows belongs in ``SIZE_CATEGORIES``."""
    place = max(0, len(str(max(rows, 0))) - 3)
    return SIZE_CATEGORIES[min(place, len(SIZE_CATEGORIES) - 1)]
