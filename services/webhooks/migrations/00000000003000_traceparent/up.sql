-- The trace of the event that a delivery reports (W3C trace context), so that its attempts continue that trace.
ALTER TABLE deliveries ADD COLUMN traceparent TEXT;
