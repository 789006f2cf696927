// Package moveit states what MOVEit Transfer's documentation asks of the
// firewall around it: every statement as data, and the flows that the services
// of a site profile need.
package moveit
