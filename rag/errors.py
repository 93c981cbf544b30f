"""Every error a user can meet. Each message says what happened and the next command to type.

RagError
├── NothingToIndex     the folder does not exist, or holds no report
├── IndexNotFound      a question before any indexing
├── IndexMismatch      the index was built with another embedding model
├── IndexOutdated      an earlier version of this program made the index
├── IndexBusy          another process is writing to the index
├── IndexDamaged       the files of the index cannot be read
├── WordsDamaged       the files of the word index cannot be read
├── IndexUnreachable   the Chroma server does not answer
├── NoChromaServer     what answers there is something else
├── ServerFailed       the Chroma server answers that it cannot
├── NotOurs            another program's collections have our names
├── NotStored          the disk is full or read-only
├── ModelUnavailable   the embedding model cannot be loaded
└── BadRequest         a file or value given with a question cannot be used
    └── BadFilter      one of the filters cannot, or two together
"""


class RagError(Exception):
    """Something a user can mend; ``str(error)`` is the one line shown."""


class NothingToIndex(RagError):
    pass


class IndexNotFound(RagError):
    def __init__(self, index: str) -> None:
        super().__init__(
            f"There is no index at {index!r} yet. Build one with `sourcier index FOLDER`, "
            "or name another with --index."
        )


class IndexMismatch(RagError):
    def __init__(self, built_with: str, asked_with: str) -> None:
        built_model, built_int8, _ = built_with.partition("+int8")
        asked_model, asked_int8, _ = asked_with.partition("+int8")
        if built_model != asked_model:
            back = ", or set SOURCIER_EMBEDDING_MODEL back"
        elif built_int8 != asked_int8:
            back = f", or set SOURCIER_ENGINE={'int8' if built_int8 else 'exact'}"
        else:  # 8-bit vectors of another version of this program: there is no way back
            back = ""
        super().__init__(
            f"This index was built with the embedding model {built_with!r}, but the settings and "
            f"this processor ask for {asked_with!r}. Rebuild it with `sourcier index --rebuild "
            f"FOLDER`{back}."
        )


class IndexOutdated(RagError):
    def __init__(self, index: str) -> None:
        super().__init__(
            f"The index at {index!r} was made by an earlier version of this program. Make it anew "
            "with `sourcier index --rebuild FOLDER`."
        )


class IndexBusy(RagError):
    def __init__(self, index: str) -> None:
        super().__init__(
            f"Another `sourcier index` is writing to {index!r}. Wait for it to end and run the "
            "command again."
        )


class WordsDamaged(RagError):
    def __init__(self, folder: str, why: str) -> None:
        super().__init__(
            f"The word index in {folder!r} cannot be read ({why}). Delete that folder and ask "
            "again: it is made anew from the index."
        )


class IndexDamaged(RagError):
    def __init__(self, index: str, why: str) -> None:
        super().__init__(
            f"The index at {index!r} cannot be read ({why}). The reports themselves are untouched: "
            "rebuild it with `sourcier index --rebuild FOLDER`."
        )


class IndexUnreachable(RagError):
    def __init__(self, index: str, why: str) -> None:
        super().__init__(
            f"The Chroma server at {index!r} does not answer ({why}). Start it with "
            "`chroma run --path FOLDER`, or name another index with --index."
        )


class NoChromaServer(RagError):
    def __init__(self, index: str) -> None:
        super().__init__(
            f"What answers at {index!r} is no Chroma server that this program knows. Start one "
            "with `chroma run --path FOLDER`, and give the address that it prints with --index."
        )


class ServerFailed(RagError):
    def __init__(self, index: str, why: str) -> None:
        super().__init__(
            f"The Chroma server at {index!r} failed ({why}). Look at what it says where it was "
            "started, and run the command again."
        )


class NotOurs(RagError):
    def __init__(self, index: str, collection: str) -> None:
        super().__init__(
            f"The collection {collection!r} at {index!r} is of another program, and is left alone. "
            "Name another server or folder with --index."
        )


class NotStored(RagError):
    def __init__(
        self,
        where: str,
        why: str,
        mend: str = "What was indexed is kept. Mend that, or name another place with --index, and "
        "run `sourcier index` again.",
    ) -> None:
        super().__init__(f"Nothing can be written to {where!r} ({why}). {mend}")


class ModelUnavailable(RagError):
    pass


class BadRequest(RagError):
    pass


class BadFilter(BadRequest):
    """`names` are those of `Filters` and of the endpoints; the command's options have dashes."""

    def __init__(self, names: tuple[str, ...], why: str) -> None:
        super().__init__(f"{', '.join(names)}: {why}")
        self.names = names
        self.why = why
