"""Library of the face-swap pipeline: no command line, no stages, no models in here."""
