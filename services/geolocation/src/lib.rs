//! geolocation
