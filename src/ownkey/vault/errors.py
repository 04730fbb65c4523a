"""What can go wrong with sealed secrets.

VaultError
├── EnvelopeError            an envelope does not open
│   ├── CorruptEnvelopeError     not an envelope, or altered
│   ├── UnknownKeyError          sealed with a key that the ring does not hold
│   ├── WrongContextError        not readable with this key in this place
│   └── LostKeyError             no key at hand opens what is stored
├── KeyFileError             the key file, or what stands in its place, cannot be used
│   ├── ExposedKeyFileError      others can read it
│   ├── CorruptKeyFileError      its content is not a key ring
│   ├── MissingKeyFileError      it is not there, and nothing stands in the way of looking
│   ├── UnusableKeyFileError     it cannot be read or made
│   ├── KeyFileBusyError         another command is changing it
│   └── FixedKeyRingError        the ring comes from the environment, so only its operator changes it
└── KeyProviderError         what wraps the key file's keys does not
    ├── ProviderAwayError        it does not answer
    └── ProviderRefusedError     it refuses, or does not know the wrapped key

Messages name no values.
"""


class VaultError(Exception):
    """A sealed secret cannot be used."""

    code = "vault"
    may_be_lost = False
    """Whether a key may be gone for good: only where none is there, or where it opens nothing that is stored.

    What cannot be read, and a provider that does not answer or says no, are never that.
    """


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


class LostKeyError(EnvelopeError):
    """What is stored is sealed with a key that is not at hand, or with another one of that name."""

    code = "key_not_at_hand"
    may_be_lost = True


class KeyFileError(VaultError):
    """The key file cannot be used."""

    code = "key_file"


class ExposedKeyFileError(KeyFileError):
    """The key file, or its directory, is open to others."""

    code = "key_file_exposed"


class CorruptKeyFileError(KeyFileError):
    """The key file's content is not a key ring."""

    code = "key_file_corrupt"


class MissingKeyFileError(KeyFileError):
    """The key file is not there."""

    code = "key_file_missing"
    may_be_lost = True


class UnusableKeyFileError(KeyFileError):
    """The key file cannot be read or made."""

    code = "key_file_unusable"


class KeyFileBusyError(KeyFileError):
    """Another command is changing the key ring."""

    code = "key_file_busy"


class FixedKeyRingError(KeyFileError):
    """The key ring comes from the environment and cannot be changed from here."""

    code = "key_ring_fixed"


class KeyProviderError(VaultError):
    """What wraps the key file's keys cannot be used."""

    code = "key_provider"


class ProviderAwayError(KeyProviderError):
    """The key provider does not answer."""

    code = "key_provider_away"


class ProviderRefusedError(KeyProviderError):
    """The key provider refuses, or does not know what it is asked to unwrap."""

    code = "key_provider_refused"
