//! Errors with the status and message of postcodes.io.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::CONTENT_TYPE},
};
use kit::http::problem::Problem;
use serde::Serialize;

use crate::{error::Error, postcodes_io::terminated::Termination};

/// A response other than 200.
#[derive(Debug)]
pub(crate) enum ErrorResponse {
    InvalidPostcode,
    PostcodeNotFound(Option<Box<Termination>>),
    TerminatedNotFound,
    OutcodeNotFound,
    PlaceNotFound,
    ResourceNotFound,
    /// In the directory, but not in the Scottish one.
    NotScottish,
    InvalidLimit,
    InvalidRadius,
    InvalidGeolocation,
    QueryRequired,
    PlaceQueryRequired,
    InvalidJson,
    InvalidJsonQuery,
    ArrayRequired,
    TooManyPostcodes,
    TooManyGeolocations,
    BodyTooLarge,
    BodyTooSlow,
    /// Not of postcodes.io: no data is loaded, or an internal error.
    Other(Problem),
}

#[derive(Serialize)]
struct Envelope<'a> {
    status: u16,
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminated: Option<&'a Termination>,
}

impl ErrorResponse {
    /// The message alone, for one item of many.
    pub(crate) fn message(&self) -> &'static str {
        self.parts().1
    }

    /// Status and message, including trailing line breaks as in postcodes.io.
    fn parts(&self) -> (StatusCode, &'static str) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const MISSING: StatusCode = StatusCode::NOT_FOUND;
        match self {
            Self::InvalidPostcode => (MISSING, "Invalid postcode"),
            Self::PostcodeNotFound(_) => (MISSING, "Postcode not found"),
            Self::TerminatedNotFound => (MISSING, "Terminated postcode not found"),
            Self::OutcodeNotFound => (MISSING, "Outcode not found"),
            Self::PlaceNotFound => (MISSING, "Place not found"),
            Self::ResourceNotFound => (MISSING, "Resource not found"),
            Self::NotScottish => (MISSING, "Postcode exists in ONSPD but not in SPD"),
            Self::InvalidLimit => (BAD, "Invalid result limit submitted"),
            Self::InvalidRadius => (BAD, "Invalid lookup radius submitted"),
            Self::InvalidGeolocation => (BAD, "Invalid longitude/latitude submitted"),
            Self::QueryRequired => {
                (BAD, "No postcode query submitted. Remember to include query parameter")
            }
            Self::PlaceQueryRequired => {
                (BAD, "No valid query submitted. Remember to include every parameter")
            }
            Self::InvalidJson => (
                BAD,
                "Invalid JSON submitted.\nYou need to submit a JSON object with an array of postcodes or \
                 geolocation objects.\nAlso ensure that Content-Type is set to application/json\n",
            ),
            Self::InvalidJsonQuery => (
                BAD,
                "Invalid JSON query submitted. \nYou need to submit a JSON object with an array of postcodes \
                 or geolocation objects.\nAlso ensure that Content-Type is set to application/json\n",
            ),
            Self::ArrayRequired => {
                (BAD, "Invalid data submitted. You need to provide a JSON array")
            }
            Self::TooManyPostcodes => (
                BAD,
                "Too many postcodes submitted. Up to 100 postcodes can be bulk requested at a time",
            ),
            Self::TooManyGeolocations => (
                BAD,
                "Too many locations submitted. Up to 100 locations can be bulk requested at a time",
            ),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive"),
            Self::Other(problem) => (problem.status(), ""),
        }
    }
}

impl std::fmt::Display for ErrorResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.parts().0)
    }
}

impl std::error::Error for ErrorResponse {}

impl ResponseError for ErrorResponse {
    fn status_code(&self) -> StatusCode {
        self.parts().0
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Other(problem) = self {
            return problem.error_response();
        }
        let (status, error) = self.parts();
        let terminated = match self {
            Self::PostcodeNotFound(terminated) => terminated.as_deref(),
            _ => None,
        };
        HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, "application/json; charset=utf-8"))
            .json(Envelope { status: status.as_u16(), error, terminated })
    }
}

impl From<Problem> for ErrorResponse {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl From<Error> for ErrorResponse {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed(_) => Self::InvalidPostcode,
            Error::Unknown => Self::PostcodeNotFound(None),
            Error::NotLoaded => Self::Other(error.into()),
        }
    }
}
