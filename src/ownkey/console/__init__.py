"""The control plane's shell: Django settings, URLs, base templates, design system and static files."""
