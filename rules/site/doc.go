// Package site is what the user tells: the site profile, which says which
// addresses are MOVEit's, who is where, and which services are on.
package site
