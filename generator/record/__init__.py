"""What stays private: the answer key, the manifest, the contact sheet."""
