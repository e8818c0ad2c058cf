-- The trace in which a delivery was recorded (W3C trace context), so that sending it continues that trace.
ALTER TABLE deliveries ADD COLUMN traceparent TEXT;
