"""DICOMweb (PS3.18): what server and client share, and the client."""
