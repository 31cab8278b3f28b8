"""Places: which characters of a file's text spell a value, by the key it stands under.

A place is found in the text itself and never by writing a document anew, so that a change of the
value can leave every other character as it is. One module for each kind of text:

| module | text | where positions come from |
| --- | --- | --- |
| `json_text` | JSON | the standard library's decoder tells where each value ends |
| `toml_text` | TOML | a reader of its own: neither tomllib nor tomlkit tells positions |
| `yaml_text` | YAML | the marks of PyYAML's nodes |
| `source_text` | source files, prose, whole files | regular expressions |

Positions count code points of the text as given: line ends as they stand in the file, and a byte
order mark, if there is one, is the first character.
"""

from tagboat.core.version_files.formats.key import TextSpan, TextSpanError

__all__ = ["TextSpan", "TextSpanError"]
