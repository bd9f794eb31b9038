//! The service's routes.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::events::{OrderPlaced, SignedUp};
use crate::timeline::{NotRecorded, Timeline};

pub(crate) fn router(timeline: Timeline) -> Router {
    Router::new()
        .route("/signups", post(sign_up))
        .route("/orders", post(place_order))
        // For the service's operators: keep them from the public.
        .route("/outbox", get(outbox))
        .route("/outbox/revive", post(revive))
        .route("/outbox/discard", post(discard))
        .with_state(timeline)
}

async fn sign_up(
    State(timeline): State<Timeline>,
    Json(event): Json<SignedUp>,
) -> Result<impl IntoResponse, NotRecorded> {
    // The service's own work comes first; then HubSpot is told what has happened.
    let id = timeline.record(&event).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "eventId": id }))))
}

async fn place_order(
    State(timeline): State<Timeline>,
    Json(event): Json<OrderPlaced>,
) -> Result<impl IntoResponse, NotRecorded> {
    let id = timeline.record(&event).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "eventId": id }))))
}

async fn outbox(State(timeline): State<Timeline>) -> Result<impl IntoResponse, NotRecorded> {
    timeline.outbox().await.map(Json)
}

async fn revive(
    State(timeline): State<Timeline>,
    Json(ids): Json<Vec<String>>,
) -> Result<impl IntoResponse, NotRecorded> {
    let revived = timeline.revive(&ids).await?;
    Ok(Json(json!({ "revived": revived })))
}

async fn discard(
    State(timeline): State<Timeline>,
    Json(ids): Json<Vec<String>>,
) -> Result<impl IntoResponse, NotRecorded> {
    let discarded = timeline.discard(&ids).await?;
    Ok(Json(json!({ "discarded": discarded })))
}
