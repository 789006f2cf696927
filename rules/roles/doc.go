// Package roles joins the site profile with the evidence in a device: which
// addresses are MOVEit's, and which interfaces look where.
package roles
