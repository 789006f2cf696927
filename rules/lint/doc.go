// Package lint is the frame that checks plug into: what a check is, what it
// finds, and how checks are run over a device.
package lint
