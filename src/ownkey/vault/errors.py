"""What can go wrong with sealed secrets.

VaultError
├── EnvelopeError            an envelope does not open
│   ├── CorruptEnvelopeError     not an envelope, or altered
│   ├── UnknownKeyError          sealed with a key that the ring does not hold
│   └── WrongContextError        not readable with this key in this place
└── KeyFileError             the key file cannot be used
    ├── ExposedKeyFileError      others can read it
    ├── CorruptKeyFileError      its content is not a key ring
    └── UnusableKeyFileError     it cannot be read or made

Messages name no values.
"""


class VaultError(Exception):
    """A sealed secret cannot be used."""

    code = "vault"


class EnvelopeError(VaultError):
    """An envelope does not open."""

    code = "envelope"


class CorruptEnvelopeError(EnvelopeError):
    """The bytes are not an envelope that this version of Ownkey wrote."""

    code = "envelope_corrupt"


class UnknownKeyError(EnvelopeError):
    """The envelope was sealed with a key that the ring does not hold."""

    code = "envelope_key_unknown"


class WrongContextError(EnvelopeError):
    """The envelope was altered, or belongs to another row than the one it was found in."""

    code = "envelope_context"


class KeyFileError(VaultError):
    """The key file cannot be used."""

    code = "key_file"


class ExposedKeyFileError(KeyFileError):
    """The key file, or its directory, is open to others."""

    code = "key_file_exposed"


class CorruptKeyFileError(KeyFileError):
    """The key file's content is not a key ring."""

    code = "key_file_corrupt"


class UnusableKeyFileError(KeyFileError):
    """The key file cannot be read or made."""

    code = "key_file_unusable"
