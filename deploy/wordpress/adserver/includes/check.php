<?php
/**
 * What the settings page makes of what was typed, before it is stored.
 */

namespace Adserver;

const TYPED = 'adserver_typed';

/**
 * Cleans what the form sent. Where something is wrong with it, says so, stores nothing and keeps what was typed for the
 * form. WordPress has checked the nonce and the capability.
 */
function checked( $given ): array {
	$given  = is_array( $given ) ? $given : array();
	$kept   = cleaned( $given );
	$faults = faults( $given, $kept );
	if ( ! $faults ) {
		return $kept;
	}
	foreach ( $faults as $name => $message ) {
		add_settings_error( OPTION, $name, esc_html( $message ) );
		$kept[ $name ] = wp_check_invalid_utf8( (string) $given[ $name ] );
	}
	set_transient( TYPED, array( get_current_user_id(), $kept ), MINUTE_IN_SECONDS );
	return options();
}

/** What is wrong, by the field's name: it was filled in, and nothing is left of that. */
function faults( array $given, array $kept ): array {
	$faults = array();
	foreach ( array_merge( array( 'base', 'site', 'city_field' ), SLOT_NAMES ) as $name ) {
		$typed = is_scalar( $given[ $name ] ?? '' ) ? trim( (string) ( $given[ $name ] ?? '' ) ) : '';
		if ( '' !== $typed && '' === $kept[ $name ] ) {
			$faults[ $name ] = fault_of( $name, $typed );
		}
	}
	return $faults;
}

function fault_of( string $name, string $typed ): string {
	if ( 'base' === $name ) {
		/* translators: %s: what was typed */
		return sprintf( __( '“%s” is no address of a server; it must read like https://ads.example.', 'adserver' ), $typed );
	}
	if ( 'city_field' === $name ) {
		/* translators: %s: what was typed */
		return sprintf( __( '“%s” is no name of a custom field.', 'adserver' ), $typed );
	}
	if ( 'site' === $name ) {
		/* translators: %s: what was typed */
		return sprintf( __( '“%s” is no key of a site; keys are like demo-haber.', 'adserver' ), $typed );
	}
	/* translators: %s: what was typed */
	return sprintf( __( '“%s” is no name of a slot; names are like in-article.', 'adserver' ), $typed );
}

/** The settings that the form shows: those stored, or what was just typed and refused. */
function shown(): array {
	static $shown = null;
	if ( null === $shown ) {
		list( $user, $typed ) = get_transient( TYPED ) ?: array( 0, array() );
		$is_refused           = get_current_user_id() === $user && get_settings_errors( OPTION );
		$shown                = $is_refused ? $typed + options() : options();
		if ( $is_refused ) {
			delete_transient( TYPED );
		}
	}
	return $shown;
}

function is_faulty( string $name ): bool {
	return in_array( $name, wp_list_pluck( get_settings_errors( OPTION ), 'code' ), true );
}
